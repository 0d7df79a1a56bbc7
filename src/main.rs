//! goodword
fn main() {}
