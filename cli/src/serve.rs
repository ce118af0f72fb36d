//! `stepclock serve`: a server that speaks the API of AWS Step Functions.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::{MockConfig, Workers};
use stepclock_server::auth::AccessKeys;
use stepclock_server::config::ClockMode;
use stepclock_server::http::ServerTls;
use stepclock_server::hub::Answerers;
use stepclock_server::observe::{LogTarget, TraceConfig};
use stepclock_server::outside::{AccessKey, Endpoints, EventBus, FolderObjects, Services, Tls};
use stepclock_server::{HttpConfig, Server, ServerConfig};
use tokio::runtime::Handle;

use crate::args::{ClockArg, LogFormat, ServeArgs};
use crate::error::CliError;
use crate::{load, print_text};

pub(crate) fn serve(args: &ServeArgs) -> Result<bool, CliError> {
    log(args);
    let tls = trusted()?;
    let (config, http) = (config(args, &tls)?, http(args)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Output)?;
    let answerers = answerers(args, &tls, runtime.handle())?;
    runtime.block_on(async {
        tracing::info!(
            region = %config.region,
            account = %config.account,
            clock = %shown(config.clock),
            data = %config.data.as_ref().map_or("memory".into(), |data| data.display().to_string()),
            signatures = !http.keys.is_empty(),
            "starting"
        );
        if config.clock != ClockMode::Real {
            // To run it again. In real time the seed stays untold: task tokens are drawn from it.
            tracing::info!(seed = config.seed, "simulated");
        }
        // Whoever waits for the address may send a signal as soon as it is printed.
        let shutdown = shutdown()?;
        let server = Server::bind_with(config, http, answerers).await?;
        let scheme = if args.tls_cert.is_some() { "https" } else { "http" };
        print_text(&format!("stepclock listens on {scheme}://{}\n", server.address()))?;
        server.run(shutdown).await;
        tracing::info!("stopped");
        Ok(true)
    })
}

fn shown(clock: ClockMode) -> String {
    match clock {
        ClockMode::Real => "real".to_owned(),
        ClockMode::Simulated { start, frozen: false } => format!("simulated from {start}"),
        ClockMode::Simulated { start, frozen: true } => format!("frozen at {start}"),
    }
}

/// Ready when somebody asks the process to end.
#[cfg(unix)]
fn shutdown() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Output)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Output)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("asked to end"),
            _ = interrupt.recv() => tracing::info!("interrupted"),
        }
    })
}

/// Ready when somebody asks the process to end.
#[cfg(not(unix))]
fn shutdown() -> Result<impl Future<Output = ()>, CliError> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        tracing::info!("interrupted");
    })
}

fn config(args: &ServeArgs, tls: &Tls) -> Result<ServerConfig, CliError> {
    let defaults = ServerConfig::default();
    let clock = match args.clock {
        ClockArg::Real => ClockMode::Real,
        ClockArg::Simulated => {
            ClockMode::Simulated { start: start_time(args)?, frozen: args.frozen }
        }
    };
    if args.account.len() != 12 || !args.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(option("account", format!("`{}` is not of 12 digits", args.account)));
    }
    Ok(ServerConfig {
        region: args.region.as_str().into(),
        account: args.account.as_str().into(),
        data: args.data.clone(),
        clock,
        seed: match args.seed {
            Some(seed) => seed,
            None => drawn_seed()?,
        },
        execution_log: args.execution_log.as_ref().map(|path| match path.to_str() {
            Some("-") => LogTarget::Stdout,
            _ => LogTarget::File(path.clone()),
        }),
        event_bus: EventBus::of(&endpoints(args)?, signing_key(), tls, args.region.as_str().into()),
        traces: TraceConfig::read(args.otlp_endpoint.as_deref(), environment, tls)
            .map_err(|error| option("otlp-endpoint", error.to_string()))?,
        ..defaults
    })
}

fn start_time(args: &ServeArgs) -> Result<Timestamp, CliError> {
    let Some(text) = &args.start_time else { return Ok(Timestamp::DEFAULT_EPOCH) };
    Timestamp::parse_rfc3339(text).map_err(|error| option("start-time", error.to_string()))
}

/// Execution names and task tokens must not be guessed by others.
fn drawn_seed() -> Result<u64, CliError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| option("seed", error.to_string()))?;
    Ok(u64::from_le_bytes(bytes))
}

fn answerers(args: &ServeArgs, tls: &Tls, runtime: &Handle) -> Result<Answerers, CliError> {
    let mut answerers = Answerers::default();
    let script = |path: &std::path::Path, message| CliError::Script { path: path.into(), message };
    if let Some(path) = &args.mock_config {
        let mocks = MockConfig::parse(&load::text(path)?)
            .map_err(|error| script(path, error.to_string()))?;
        answerers.mocks = Some(mocks);
    }
    if let Some(path) = &args.workers {
        let text = load::text(path)?;
        let workers =
            if load::is_yaml(path) { Workers::parse_yaml(&text) } else { Workers::parse(&text) };
        let workers = workers.map_err(|error| script(path, error.to_string()))?;
        answerers.workers.push(Box::new(workers));
    }
    if let Some(folder) = &args.objects {
        if !folder.is_dir() {
            return Err(option("objects", format!("{} is not a folder", folder.display())));
        }
        answerers.objects = Some(Box::new(FolderObjects::new(folder.clone())));
    }
    let endpoints = endpoints(args)?;
    if !endpoints.is_empty() {
        let region = args.region.as_str().into();
        let services = Services::new(endpoints, signing_key(), tls, region, runtime.clone());
        if services.has_objects() {
            answerers.outside_objects = Some(Arc::new(services.clone()));
        }
        answerers.outside = Some(Arc::new(services));
    }
    Ok(answerers)
}

fn endpoints(args: &ServeArgs) -> Result<Endpoints, CliError> {
    let mut endpoints = Endpoints::default();
    for given in &args.endpoint {
        endpoints.add(given).map_err(|error| option("endpoint", error.to_string()))?;
    }
    if let Some(url) = &args.lambda_endpoint {
        let given = format!("lambda={url}");
        endpoints.add(&given).map_err(|error| option("lambda-endpoint", error.to_string()))?;
    }
    Ok(endpoints)
}

#[expect(clippy::disallowed_methods, reason = "a binary reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whom AWS's own tools would trust.
fn trusted() -> Result<Tls, CliError> {
    let Some(path) = environment("AWS_CA_BUNDLE") else { return Ok(Tls::default()) };
    let path = std::path::PathBuf::from(path);
    Tls::trusting(&load::bytes(&path)?)
        .map_err(|error| CliError::Script { path, message: error.to_string() })
}

/// The key that AWS's own tools would sign with.
fn signing_key() -> AccessKey {
    match (environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => AccessKey { id, secret },
        _ => AccessKey::default(),
    }
}

fn http(args: &ServeArgs) -> Result<HttpConfig, CliError> {
    let mut keys = AccessKeys::default();
    for key in &args.access_key {
        keys.add(key).map_err(|error| option("access-key", error.to_string()))?;
    }
    let address = address(&args.host, args.port)?;
    if keys.is_empty() && !address.ip().is_loopback() && !args.insecure_no_auth {
        let message = format!(
            "{address} is not a loopback address: whoever reaches it could do everything. Give --access-key \
             ID=SECRET, or --insecure-no-auth if that is wanted"
        );
        return Err(option("host", message));
    }
    Ok(HttpConfig {
        address,
        keys,
        single_use_signatures: args.single_use_signatures,
        tls: server_tls(args)?,
        unauthenticated_beyond_loopback: args.insecure_no_auth,
        throttle: args.throttle,
        ..HttpConfig::default()
    })
}

fn server_tls(args: &ServeArgs) -> Result<Option<ServerTls>, CliError> {
    let (Some(chain), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let tls = ServerTls::new(&load::bytes(chain)?, &load::bytes(key)?);
    tls.map(Some).map_err(|error| option("tls-cert", error.to_string()))
}

fn address(host: &str, port: u16) -> Result<SocketAddr, CliError> {
    let mut found = (host, port)
        .to_socket_addrs()
        .map_err(|error| option("host", format!("{host}: {error}")))?;
    found.next().ok_or_else(|| option("host", format!("{host} has no address")))
}

fn option(option: &'static str, message: String) -> CliError {
    CliError::Option { option, message }
}

/// Logs go to standard error; standard output has one line, the address.
fn log(args: &ServeArgs) {
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::from(args.log_level));
    // A second subscriber in one process would be a mistake of ours, and no reason not to serve.
    let _ = match args.log_format {
        LogFormat::Text => {
            log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
        }
        LogFormat::Json => log.json().try_init(),
    };
}
