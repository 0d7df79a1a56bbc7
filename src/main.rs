//! The binary: one TLS provider for the process, one command, one exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Fails only where a provider is installed already, which is what we want.
    _ = rustls::crypto::ring::default_provider().install_default();
    ExitCode::from(goodword::cli::run(std::env::args_os()))
}
