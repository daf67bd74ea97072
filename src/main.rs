//! The program: parses the command line, runs the command, turns errors into exit codes.

use std::process::ExitCode;

use universities::config::Cli;
use universities::{cli, telemetry};

/// Gives memory back to the system some seconds after a burst, which the system's own does not.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match cli::run(Cli::from_command_line()) {
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
