//! XML documents, their canonical form and their signatures.

#[path = "xml/canonical.rs"]
mod canonical;
#[path = "support/files.rs"]
mod files;
#[path = "xml/generate.rs"]
mod generate;
#[path = "xml/judges.rs"]
mod judges;
#[path = "support/keys.rs"]
mod keys;
#[path = "xml/parse.rs"]
mod parse;
#[path = "xml/signature.rs"]
mod signature;
