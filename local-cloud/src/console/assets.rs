//! Style sheet, script and icon, which are part of the program.

use super::page::PageError;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// `GET /assets/{file}`
pub(super) async fn file(Path(name): Path<String>) -> Result<impl IntoResponse, PageError> {
    let (kind, content) = match name.as_str() {
        "console.css" => (
            "text/css; charset=utf-8",
            include_str!("assets/console.css"),
        ),
        "console.js" => (
            "text/javascript; charset=utf-8",
            include_str!("assets/console.js"),
        ),
        "icon.svg" => ("image/svg+xml", include_str!("assets/icon.svg")),
        _ => return Err(PageError::no_page()),
    };
    Ok(([(CONTENT_TYPE, kind)], content))
}
