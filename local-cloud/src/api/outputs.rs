//! The outputs of stacks.

use crate::app::App;
use crate::domain::state::Object;
use crate::web::{ApiError, ClientUrl, PathNames, Query};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Who reads the outputs.
#[derive(Debug, Deserialize)]
pub(super) struct OutputsQuery {
    /// The update that reads them, if it is in a coherence window.
    #[serde(rename = "readingUpdateID")]
    reading_update: Option<String>,
}

/// The outputs of a stack.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutputsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets_providers: Option<Object>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unknown: bool,
    /// Without subgroups, no read ever waits.
    state: &'static str,
}

/// `GET …/outputs`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<OutputsQuery>,
    ClientUrl(url): ClientUrl,
) -> Result<Json<OutputsAnswer>, ApiError> {
    let reading = query.reading_update.filter(|id| !id.is_empty());
    let store = app.store();
    let read = match reading {
        None => store.outputs(names.stack()).await?,
        Some(id) => {
            let read = store.outputs_in_window(names.stack(), id, app.clock().steady());
            read.await?
        }
    };
    let read = read.at_url(&url);
    Ok(Json(OutputsAnswer {
        outputs: read.outputs,
        secrets_providers: read.secrets_providers,
        unknown: read.unknown,
        state: "completed",
    }))
}
