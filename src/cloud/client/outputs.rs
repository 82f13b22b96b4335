//! Operations on the outputs of stacks.
//!
//! # What this may not do
//!
//! Decide what a changed output means, or show decrypted values.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::stack::StackOutputs;
use crate::cloud::wire::outputs::{
    CapabilitiesAnswer, OutputsAnswer, PlaintextsAnswer, StateAnswer,
};
use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

impl Client {
    /// The outputs of a stack after its latest update; `None` if the stack does not exist.
    ///
    /// Where the cloud supports it, only the outputs are read, otherwise the whole state. The cloud is asked once which it
    /// is.
    ///
    /// # Errors
    ///
    /// As every operation, and [`ErrorKind::TooLarge`](crate::cloud::ErrorKind::TooLarge) if the cloud has outputs only in
    /// states and the state exceeds the limit for answers.
    pub async fn outputs(&self, stack: &StackRef) -> Result<Option<StackOutputs>, CloudError> {
        if *self.has_outputs.get_or_try_init(|| self.ask()).await? {
            let call = calls::outputs(stack);
            let answer: Option<OutputsAnswer> = self.transport.json(&call).await?;
            return Ok(answer.map(StackOutputs::from));
        }
        let call = calls::exported_outputs(stack);
        let Some(answer) = self.transport.json::<StateAnswer>(&call).await? else {
            return Ok(None);
        };
        let misshapen = || {
            let place = "deployment.resources".to_owned();
            self.transport.misshapen(&call, place)
        };
        Ok(Some(answer.into_outputs().ok_or_else(misshapen)?))
    }

    /// The plaintexts of these ciphertexts, in Base64, encrypted with the key of a stack; empty if there is no such key.
    ///
    /// # Errors
    ///
    /// As every operation; the token may not be allowed to decrypt.
    pub async fn decrypted(
        &self,
        key_of: &StackRef,
        ciphertexts: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, String>, CloudError> {
        let call = calls::decrypt(key_of, ciphertexts);
        let answer: Option<PlaintextsAnswer> = self.transport.json(&call).await?;
        Ok(answer.map(PlaintextsAnswer::into_texts).unwrap_or_default())
    }

    /// Whether the cloud returns outputs without states. A cloud that does not list its features does not.
    async fn ask(&self) -> Result<bool, CloudError> {
        let call = calls::capabilities();
        let answer: Option<CapabilitiesAnswer> = self.transport.json(&call).await?;
        Ok(answer.is_some_and(|answer| answer.has_outputs()))
    }
}
