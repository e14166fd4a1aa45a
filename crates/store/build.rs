//! Compiles the crate again when a migration was added: the compiler does not see files that a macro embeds.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
