//! wip
use super::{Compression, Words};
/// wip
#[derive(Debug)]
pub enum ConstantTime {}
impl Compression for ConstantTime {
    fn compress(h: &mut Words, n: u128, m: &Words) {
        super::Tables::compress(h, n, m)
    }
}
