//! The command line as it is typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Operates a deployment of apishopee ads sync.
#[derive(Parser, Debug)]
#[command(name = "apishopee", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Arguments {
    /// The deployment; else that of APISHOPEE_URL, of APISHOPEE_CONTEXT, or of `context use`.
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// The server's JSON instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 the work failed, 2 wrong command line or configuration, 3 token or role, 4 not found, \
                          5 refused, 6 no answer, 130 interrupted.";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// The deployments that this command knows.
    #[command(subcommand)]
    Context(ContextCommand),
    /// Shops with their progress and the age of their data.
    Shops(ShopsArguments),
    /// Starts a sync, or joins the one that is active.
    Sync {
        shop: i64,
        #[arg(long, value_enum)]
        kind: Option<RunKind>,
        /// Shows the progress until the run has ended.
        #[arg(long)]
        watch: bool,
    },
    /// Runs.
    Runs(RunsArguments),
    /// Rows that ask for a sync.
    Queue(QueueArguments),
    /// Messages that could not be handled.
    DeadLetters(DeadLettersArguments),
    /// What needs attention.
    Alerts(AlertsArguments),
    /// Scheduled budgets.
    #[command(subcommand)]
    Budgets(BudgetsCommand),
    /// Settings, with where each value comes from.
    Settings(SettingsArguments),
    /// Where alerts are told.
    Sinks(SinksArguments),
    /// Campaigns of a shop, with what they have spent.
    Campaigns {
        shop: i64,
        #[arg(long)]
        search: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Calls to Shopee by day, shop and kind.
    Calls {
        #[arg(long)]
        shop: Option<i64>,
    },
    /// Who did what.
    Audit {
        #[arg(long)]
        shop: Option<i64>,
        /// Like `run.cancel`, or all of `run`.
        #[arg(long)]
        action: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// What in Shopee's answers is not as documented.
    Drift,
    /// Whether everything is set up and at work; exit code 1 if something is not.
    Doctor,
    /// Completions for a shell.
    Completions { shell: clap_complete::Shell },
    /// The manual page.
    Man,
}

#[derive(Subcommand, Debug)]
pub enum ContextCommand {
    /// Adds or replaces one. Tokens are never written into the file.
    Add {
        name: String,
        /// The deployment's address.
        #[arg(long)]
        url: String,
        /// The environment variable that holds the token.
        #[arg(long, required_unless_present = "token_file", conflicts_with = "token_file")]
        token_env: Option<String>,
        /// A file that holds it, readable by you only.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// All of them.
    List,
    /// Uses one from now on.
    Use { name: String },
    /// Forgets one.
    Remove { name: String },
}

#[derive(Args, Debug)]
pub struct ShopsArguments {
    #[command(subcommand)]
    pub command: Option<ShopsCommand>,
    #[arg(long, default_value_t = 200)]
    pub limit: usize,
}

#[derive(Subcommand, Debug)]
pub enum ShopsCommand {
    /// One shop.
    Show { shop: i64 },
    /// Asks Shopee for nothing more, and ends the shop's run.
    Disable { shop: i64 },
    /// Ends that.
    Enable { shop: i64 },
    /// Deletes a shop.
    Delete {
        shop: i64,
        /// Its campaigns, figures and runs too.
        #[arg(long)]
        data: bool,
        #[arg(long)]
        yes: bool,
    },
    /// Stops the shop's run and empties its line.
    Reset { shop: i64 },
    /// A link with which a seller authorizes the app.
    Consent { shop: Option<i64> },
}

/// The kind of a run.
#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
pub enum RunKind {
    Realtime,
    BackfillDay,
    BackfillFull,
}

impl RunKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::BackfillDay => "backfill_day",
            Self::BackfillFull => "backfill_full",
        }
    }
}

#[derive(Args, Debug)]
pub struct RunsArguments {
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    #[arg(long)]
    pub shop: Option<i64>,
    /// running, completed, failed or cancelled
    #[arg(long)]
    pub status: Option<String>,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Subcommand, Debug)]
pub enum RunsCommand {
    /// One run, by its id `<shop>-<number>`.
    Show { run: String },
    /// Its chunks.
    Chunks {
        run: String,
        /// Only those that have failed, wait or are at work.
        #[arg(long)]
        open: bool,
    },
    /// Shows its progress until it has ended.
    Watch { run: String },
    /// Holds it until it is resumed.
    Pause { run: String },
    /// Lets it go on.
    Resume { run: String },
    /// Ends it; what it has written stays.
    Cancel { run: String },
    /// A new run that tries its failed chunks again.
    Retry { run: String },
}

#[derive(Args, Debug)]
pub struct QueueArguments {
    #[command(subcommand)]
    pub command: Option<QueueCommand>,
    #[arg(long)]
    pub shop: Option<i64>,
    #[arg(long)]
    pub status: Option<String>,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Subcommand, Debug)]
pub enum QueueCommand {
    /// Cancels a row that waits.
    Cancel { id: String },
    /// Looks at the line at once.
    Process,
}

#[derive(Args, Debug)]
pub struct DeadLettersArguments {
    #[command(subcommand)]
    pub command: Option<DeadLettersCommand>,
    /// Those that were replayed too.
    #[arg(long)]
    pub all: bool,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Subcommand, Debug)]
pub enum DeadLettersCommand {
    /// Puts one back into its queue.
    Replay { id: String },
    /// Puts all of a queue back, at most 50.
    ReplayAll { queue: String },
}

#[derive(Args, Debug)]
pub struct AlertsArguments {
    #[command(subcommand)]
    pub command: Option<AlertsCommand>,
    /// Those that are over too.
    #[arg(long)]
    pub all: bool,
    #[arg(long)]
    pub shop: Option<i64>,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Subcommand, Debug)]
pub enum AlertsCommand {
    /// Notes that you have seen it.
    Acknowledge { id: String },
    /// Nobody is told of it for a while; 0 minutes: again.
    Mute { id: String, minutes: i64 },
}

#[derive(Subcommand, Debug)]
pub enum BudgetsCommand {
    /// A shop's schedules.
    List {
        shop: i64,
        #[arg(long)]
        campaign: Option<i64>,
        #[arg(long, default_value_t = 200)]
        limit: usize,
    },
    /// Makes the schedules of a CSV file, all or none; `-` reads standard input.
    Csv {
        shop: i64,
        file: PathBuf,
        /// Only says what would become of each line.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        yes: bool,
    },
    /// Deletes a schedule.
    Delete {
        id: String,
        /// Only shows the schedule.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        yes: bool,
    },
    /// Which budget a campaign has when.
    Preview {
        shop: i64,
        #[arg(long)]
        campaign: Option<i64>,
        #[arg(long, default_value_t = 1)]
        days: u32,
    },
    /// Writes what is due, at once.
    Run {
        shop: i64,
        /// Only says what would be written.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        yes: bool,
    },
    /// What became of budgets.
    Logs {
        shop: i64,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Guard rails.
    Rules,
    /// The kill switch: of a shop, or of all.
    Stop {
        #[arg(long)]
        shop: Option<i64>,
        /// Only says what would be stopped.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args, Debug)]
pub struct SettingsArguments {
    #[command(subcommand)]
    pub command: Option<SettingsCommand>,
    #[arg(long, global = true)]
    pub shop: Option<i64>,
}

#[derive(Subcommand, Debug)]
pub enum SettingsCommand {
    /// Changes one; `default` as the value takes it back.
    Set {
        name: String,
        value: String,
        /// Why: the audit log shows it.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args, Debug)]
pub struct SinksArguments {
    #[command(subcommand)]
    pub command: Option<SinksCommand>,
}

#[derive(Subcommand, Debug)]
pub enum SinksCommand {
    /// Sends a message now.
    Test { id: String },
    /// What it was told.
    Messages {
        id: String,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}
