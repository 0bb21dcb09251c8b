//! Builds anew when a migration is added: `migrate!` reads the folders while compiling, and the
//! compiler does not see new files by itself.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
