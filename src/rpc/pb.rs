//! temp
#![allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, clippy::disallowed_types, reason = "generated")]
tonic::include_proto!("pulumirpc");
