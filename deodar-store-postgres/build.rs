//! Builds the crate again when a migration is added: the macro that embeds them reads a directory,
//! which the compiler does not watch.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
