//! The program `allo`: reads its arguments and does one thing.

use std::process::ExitCode;

use clap::Parser;
use server::arguments::{Arguments, Command};
use server::commands;

#[global_allocator]
static ALLOCATOR: net::Allocator = net::Allocator;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Not where a voice is at work, whose end is to be survived.
    if let Command::Calls(_)
    | Command::Trace(_)
    | Command::Territory(_)
    | Command::Site(_)
    | Command::User(_)
    | Command::Token(_) = arguments.command
    {
        net::end_with_the_reader();
    }
    let outcome = match arguments.command {
        Command::SpeechHelper => return speech::helper_main(),
        Command::DecodeHelper => return speech::upload::decode_helper_main(),
        Command::OnnxHelper => return speech::onnx_helper_main(),
        Command::Serve(serve) => commands::serve(serve),
        Command::Check(serve) => commands::check(serve),
        Command::Backup(backup) => commands::backup(&backup),
        Command::Restore(restore) => commands::restore(&restore),
        Command::Calls(calls) => commands::calls(&calls),
        Command::Call(call) => commands::call(&call),
        Command::Storm(storm) => commands::storm(&storm),
        Command::BareSender(bare) => commands::bare_sender(&bare),
        Command::Say(say) => commands::say(&say),
        Command::Lexicon(lexicon) => commands::lexicon(&lexicon),
        Command::Post(post) => commands::post(&post),
        Command::ShortProgramme(short) => commands::short_programme(&short),
        Command::Migrate(migrate) => commands::migrate(&migrate),
        Command::ReturnedMail(folder) => commands::returned_mail(&folder),
        Command::Trace(trace) => commands::trace(&trace),
        Command::Territory(territory) => commands::territory(territory),
        Command::Site(site) => commands::site(site),
        Command::User(user) => commands::user(user),
        Command::Token(token) => commands::token(token),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("allo: {error}");
        ExitCode::FAILURE
    })
}
