//! The program: parses the command line, runs the command, turns errors into exit codes.

use std::process::ExitCode;

use clap::Parser;
use universities::config::Cli;
use universities::{cli, telemetry};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the last word of a failed command")]
            {
                eprintln!("error: {}", telemetry::chain(&error));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
