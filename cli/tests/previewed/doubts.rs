//! What a preview has read is compared with what the others predicted.
