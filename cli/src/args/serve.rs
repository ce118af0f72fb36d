//! Options of `serve`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock serve
  stepclock serve --data ./stepclock-data --port 8083
  stepclock serve --clock simulated --seed 7 --mock-config MockConfigFile.json
  stepclock serve --lambda-endpoint http://localhost:3001 --endpoint sqs=http://localhost:9324
  stepclock serve --host 0.0.0.0 --access-key AKIDEXAMPLE=secret

  aws stepfunctions list-state-machines --endpoint-url http://127.0.0.1:8083

One line on standard output says the address once the server is ready; logs go to standard error.
SIGTERM and SIGINT end it; requests that are being worked on may finish.

Exit codes: 0 it was asked to end; 2 bad usage, an unreadable file, a taken address, or a folder that
another server uses.")]
pub(crate) struct ServeArgs {
    /// The address or host name to listen on. Beyond loopback, access keys are asked for.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// The port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8083)]
    pub(crate) port: u16,
    /// Keep state in this folder: machines, executions and histories outlive the server, and what was
    /// running goes on. Without it, state is kept in memory and gone with the server.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep state in memory, as is the default.
    #[arg(long, conflicts_with = "data")]
    pub(crate) memory: bool,
    /// How time passes.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) clock: ClockArg,
    /// When simulated time starts. By default 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) start_time: Option<String>,
    /// Let simulated time stand still until it is told to move.
    #[arg(long)]
    pub(crate) frozen: bool,
    /// Seeds ids, jitter and task tokens. By default drawn from the operating system.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Answers tasks of executions that name a test case (`ARN#TestCase`), from a file in the format of
    /// AWS's MockConfigFile.json.
    #[arg(long, value_name = "FILE")]
    pub(crate) mock_config: Option<PathBuf>,
    /// Answers tasks from a file of scripted workers (JSON or YAML).
    #[arg(long, value_name = "FILE")]
    pub(crate) workers: Option<PathBuf>,
    /// Call Lambda functions here: any server of Lambda's Invoke API.
    #[arg(long, value_name = "URL")]
    pub(crate) lambda_endpoint: Option<String>,
    /// Call a service here: dynamodb, sqs, sns, events, s3, http and others; `*` stands for all that have no
    /// endpoint of their own. May be given several times. Calls are signed with AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY; without them the key is test, its secret test.
    #[arg(long, value_name = "SERVICE=URL")]
    pub(crate) endpoint: Vec<String>,
    /// Keep the objects of Distributed Maps in this folder: a folder a bucket, a file an object.
    #[arg(long, value_name = "DIR")]
    pub(crate) objects: Option<PathBuf>,
    /// The region of its ARNs.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub(crate) region: String,
    /// The account of its ARNs.
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    pub(crate) account: String,
    /// Answer only requests signed with this key (SigV4). May be given several times.
    #[arg(long, value_name = "ID=SECRET")]
    pub(crate) access_key: Vec<String>,
    /// Refuse a signature that was used before, while it is valid. AWS does not: equal requests of a client within
    /// one second have the same signature, and only the first of them is answered.
    #[arg(long, requires = "access_key")]
    pub(crate) single_use_signatures: bool,
    /// Speak https, with the certificates in this file (PEM; the server's own first).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the first certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Refuse calls that come faster than AWS admits in its big regions.
    #[arg(long)]
    pub(crate) throttle: bool,
    /// Listen beyond loopback without access keys: whoever reaches the port may do everything.
    #[arg(long)]
    pub(crate) insecure_no_auth: bool,
    /// Write the logs of executions here, as CloudWatch Logs would get them, for machines whose
    /// loggingConfiguration asks for it: the end of a file, or `-` for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) execution_log: Option<PathBuf>,
    /// Send traces of executions to this OpenTelemetry collector, as OTLP over HTTP. By default where
    /// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT say, if they do.
    #[arg(long, value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,
    /// The form of the log.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// How much is logged; `debug` has every refused call.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_level: LogLevel,
}

/// `serve --clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ClockArg {
    /// As on the wall.
    #[default]
    Real,
    /// It jumps to the next due moment whenever nothing else can happen.
    Simulated,
}

/// `serve --log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `serve --log-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl From<LogLevel> for tracing::Level {
    fn from(given: LogLevel) -> Self {
        match given {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}
