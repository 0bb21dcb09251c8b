//! The command line: one file per command, and nothing that only the command line knows.
//!
//! The only folder that names `clap`. A command makes envelopes or reads; rules live in `core`.
//! Exit codes: 0 done, 1 refused or failed, 2 wrong use. To add a command: a file, its variant
//! below, its arm in `dispatch`, an example in its help.

mod act;
mod alliance;
mod answers;
mod audit;
mod backup;
mod calendar;
mod check;
mod consent;
mod database;
mod demo;
mod desk;
mod diagram;
mod doctor;
mod feed;
mod finding;
mod import;
mod inbox;
mod mails;
mod mails_letters;
mod mails_preview;
mod mails_relay;
mod mails_texts;
mod mails_why;
mod output;
mod pages;
mod person;
mod processes;
mod project;
mod quiet_times;
mod retention;
mod schedules;
mod schema;
mod serve;
mod simulate;
mod step;
mod tasks;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Flags;

pub use desk::Desk;
pub use output::Done;

/// Alongside: the back office of schools that help each other improve.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Folder for the database, the mails and alongside.toml [default: the current folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<String>,
    /// The configuration file [default: alongside.toml in the home folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
    /// Which alliance, where there are several
    #[arg(long, global = true, value_name = "KEY", env = "ALONGSIDE_ALLIANCE")]
    pub alliance: Option<String>,
    /// Who acts: a person's id or email [default: the coordinator, if there is one]
    #[arg(
        long = "as",
        global = true,
        value_name = "PERSON",
        env = "ALONGSIDE_AS"
    )]
    pub acting: Option<String>,
    /// Show what would happen, and change nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// For programs: data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// A folder with more workflows than the shipped ones
    #[arg(long, global = true, value_name = "DIR")]
    pub workflows: Option<String>,
    /// Where the database is: `sqlite:FILE` or `postgres://…` without a password
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where the broker is: `memory:` or `amqp://…` without a password
    #[arg(long, global = true, value_name = "URL")]
    pub amqp_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Worker(worker::WorkerArgs),
    Feed(feed::Feed),
    Check(check::Check),
    Simulate(simulate::Simulate),
    Project(project::ProjectArgs),
    Step(step::StepArgs),
    Tasks(tasks::TasksArgs),
    Mails(mails::MailsArgs),
    Calendar(calendar::Calendar),
    Diagram(diagram::Diagram),
    Schema(schema::Schema),
    Alliance(alliance::Alliance),
    Import(import::Import),
    Inbox(inbox::Inbox),
    Audit(audit::Audit),
    Person(person::Person),
    Database(database::Database),
    Backup(backup::Backup),
    Doctor(doctor::Doctor),
}

/// Reads the command line, does what it says, and gives the exit code.
pub fn run() -> ExitCode {
    output::end_quietly_without_a_reader();
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(cli)),
        Err(error) => Err(anyhow::anyhow!(
            "the program cannot start its threads: {error}"
        )),
    };
    output::exit(done)
}

async fn dispatch(cli: Cli) -> anyhow::Result<Done> {
    let Cli { global, command } = cli;
    match command {
        Command::Demo(demo) => demo.run(&global).await,
        Command::Serve(serve) => serve.run(&global).await,
        Command::Worker(worker) => worker.run(&global).await,
        Command::Feed(feed) => feed.run(&global).await,
        Command::Check(check) => check.run(&global),
        Command::Simulate(simulate) => simulate.run(&global),
        Command::Project(project) => Box::pin(project.run(&global)).await,
        Command::Step(step) => Box::pin(step.run(&global)).await,
        Command::Tasks(tasks) => tasks.run(&global).await,
        Command::Mails(mails) => mails.run(&global).await,
        Command::Calendar(calendar) => calendar.run(&global).await,
        Command::Diagram(diagram) => diagram.run(&global).await,
        Command::Schema(_) => schema::Schema::run(),
        Command::Alliance(alliance) => alliance.run(&global).await,
        Command::Import(import) => import.run(&global).await,
        Command::Inbox(inbox) => inbox.run(&global).await,
        Command::Audit(audit) => audit.run(&global).await,
        Command::Person(person) => person.run(&global).await,
        Command::Database(database) => database.run(&global).await,
        Command::Backup(backup) => backup.run(&global).await,
        Command::Doctor(doctor) => doctor.run(&global).await,
    }
}

impl Global {
    /// For a command that cannot be rehearsed: why, or what to do instead.
    pub fn refuse_dry_run(&self, instead: &str) -> anyhow::Result<()> {
        anyhow::ensure!(!self.dry_run, "there is no --dry-run of this: {instead}");
        Ok(())
    }

    /// As the configuration takes flags.
    pub fn flags(&self) -> Flags {
        let given = [
            ("--home", &self.home),
            ("--config", &self.config),
            ("--workflows", &self.workflows),
            ("--database-url", &self.database_url),
            ("--amqp-url", &self.amqp_url),
        ];
        let said = given
            .into_iter()
            .filter_map(|(flag, value)| Some((flag, value.clone()?)));
        said.collect()
    }
}
