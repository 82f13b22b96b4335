//! Coherence windows, apart from the updates in them.

use crate::web::ApiError;

/// `POST …/coherence-windows/{window}/subgroups` and `DELETE …/subgroups/{subgroup}`
pub(super) async fn refuse_subgroups() -> ApiError {
    ApiError::bad_request(
        "a local cloud has no subgroups of coherence windows: run the updates of a window one after the other, each after \
         those of the stacks that it reads",
    )
}
