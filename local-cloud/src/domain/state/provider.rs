//! The secrets provider in a state, which encrypted its secrets.

use super::raw::Object;

/// The type of a secrets provider that is the cloud itself.
pub(super) const SERVICE: &str = "service";

/// Sets the URL of a secrets provider that is the cloud itself; returns whether the URL has changed.
pub(super) fn move_to(provider: &mut Object, url: &str) -> bool {
    let is_cloud = provider.text("type").as_deref() == Some(SERVICE);
    let state: Option<Object> = provider.read("state").filter(|_| is_cloud);
    let Some(mut state) = state else {
        return false;
    };
    if state.text("url").is_none_or(|old| old == url) {
        return false;
    }
    state.set("url", url);
    provider.set("state", &state);
    true
}
