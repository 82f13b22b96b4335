//! A Pulumi Cloud on one machine, for trying and testing.
