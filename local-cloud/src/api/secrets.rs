//! Secrets in the configuration and state of stacks: the cloud encrypts and decrypts them, and stores none.

use crate::app::App;
use crate::web::{ApiError, Body, PathNames};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Bytes to encrypt, in Base64; null means none.
#[derive(Debug, Deserialize)]
pub(super) struct Plain {
    plaintext: Option<String>,
}

/// The same for many.
#[derive(Debug, Deserialize)]
pub(super) struct Plains {
    plaintexts: Vec<Option<String>>,
}

/// Bytes to decrypt, in Base64.
#[derive(Debug, Deserialize)]
pub(super) struct Cipher {
    ciphertext: String,
}

/// The same for many.
#[derive(Debug, Deserialize)]
pub(super) struct Ciphers {
    ciphertexts: Vec<String>,
}

/// A client's note that it has decrypted something. It must be JSON, and is ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Note {}

/// `POST …/encrypt`
pub(super) async fn encrypt(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<Plain>,
) -> Result<Json<Value>, ApiError> {
    let stack = key(&app, &names).await?;
    Ok(Json(
        json!({ "ciphertext": encrypted(&app, stack, body.plaintext.as_deref())? }),
    ))
}

/// `POST …/batch-encrypt`
pub(super) async fn encrypt_all(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<Plains>,
) -> Result<Json<Value>, ApiError> {
    let stack = key(&app, &names).await?;
    let all = body.plaintexts.iter();
    let all = all.map(|plain| encrypted(&app, stack, plain.as_deref()));
    Ok(Json(
        json!({ "ciphertexts": all.collect::<Result<Vec<_>, _>>()? }),
    ))
}

/// `POST …/decrypt`. The stack in the path need not exist: it may have had this name when the secret was encrypted.
pub(super) async fn decrypt(
    State(app): State<App>,
    Body(body): Body<Cipher>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(
        json!({ "plaintext": decrypted(&app, &body.ciphertext)? }),
    ))
}

/// `POST …/batch-decrypt`
pub(super) async fn decrypt_all(
    State(app): State<App>,
    Body(body): Body<Ciphers>,
) -> Result<Json<Value>, ApiError> {
    let one = |ciphertext: String| {
        let plain = decrypted(&app, &ciphertext)?;
        Ok((ciphertext, plain.into()))
    };
    let all = body.ciphertexts.into_iter().map(one);
    let all = all.collect::<Result<Map<String, Value>, ApiError>>()?;
    Ok(Json(json!({ "plaintexts": all })))
}

/// `POST …/decrypt/log-decryption` and `…/decrypt/log-batch-decryption`
pub(super) async fn note_decryption(Body(Note {}): Body<Note>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The stack ID for which the secrets are encrypted.
async fn key(app: &App, names: &PathNames) -> Result<Uuid, ApiError> {
    let stack = app.store().stack(names.stack()).await?;
    stack.uid.parse().map_err(|_| ApiError::bug())
}

fn encrypted(app: &App, stack: Uuid, plain: Option<&str>) -> Result<String, ApiError> {
    let plain = STANDARD.decode(plain.unwrap_or_default());
    let plain = plain.map_err(|_| ApiError::bad_request("a plaintext is not Base64"))?;
    let encrypted = app.secrets().encrypt(stack, &plain);
    Ok(STANDARD.encode(encrypted.map_err(crate::domain::updates::UpdateError::from)?))
}

fn decrypted(app: &App, ciphertext: &str) -> Result<String, ApiError> {
    let wrong = "a ciphertext was not made by this cloud, or was changed";
    let bytes = STANDARD
        .decode(ciphertext)
        .map_err(|_| ApiError::bad_request(wrong))?;
    let plain = app
        .secrets()
        .decrypt(&bytes)
        .map_err(|_| ApiError::bad_request(wrong))?;
    Ok(STANDARD.encode(plain))
}
