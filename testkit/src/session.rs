//! A user at a terminal: a local cloud, a program, and the CLI with its own home.

use crate::api::{Api, TOKEN};
use crate::published;
use crate::pulumi;
use local_cloud::{AppBuilder, Capability, Clock, Executor, Server};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The stack that most tests use.
pub const STACK: &str = "/api/stacks/acme/web/dev";

/// A program that needs no plugin.
pub const OUTPUTS: &str = "\
name: web
runtime: yaml
description: A test
config:
  greeting: {type: string, default: hello}
outputs:
  said: ${greeting}
";

/// The beginning of a program that declares webhooks on this cloud; [`hook`] adds them.
pub const HOOKS: &str = "name: web\nruntime: yaml\nresources:\n";

/// A webhook in a program: a line below [`HOOKS`].
pub fn hook(name: &str, display_name: &str, options: &str) -> String {
    format!(
        "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, displayName: {display_name}, \
         payloadUrl: 'http://127.0.0.1:9/', active: true, secret: shh}}, options: {{{options}}}}}\n"
    )
}

/// All of it is removed when dropped.
pub struct Session {
    folder: TempDir,
    cloud: Option<Server>,
    without: Vec<Capability>,
    /// The cloud's clock, if it simulates deployments.
    simulated_at: Option<Clock>,
    environment: Vec<(&'static str, String)>,
}

/// A completed command of the CLI.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        Ran {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Its standard output, if it succeeded.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// Its whole output, if it failed.
    #[track_caller]
    pub fn fails(self) -> String {
        let said = self.out + &self.err;
        assert!(self.code.is_some_and(|code| code != 0), "{said}");
        said
    }

    /// Its standard output, parsed as JSON.
    #[track_caller]
    pub fn json(self) -> Value {
        let out = self.succeeds();
        serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}"))
    }
}

impl Session {
    /// A cloud, and a CLI that is logged in to it.
    pub async fn start() -> Session {
        Session::start_without(&[]).await
    }

    /// The same, with a cloud without these capabilities.
    pub async fn start_without(capabilities: &[Capability]) -> Session {
        let session = Session::logged_out_on(capabilities, None).await;
        session.pulumi(&["login", session.url()]).await.succeeds();
        session
    }

    /// A cloud, and a CLI that does not know it except by [`Session::url`].
    pub async fn logged_out() -> Session {
        Session::logged_out_on(&[], None).await
    }

    async fn logged_out_on(capabilities: &[Capability], simulated_at: Option<Clock>) -> Session {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "program"] {
            std::fs::create_dir(folder.path().join(name)).expect("it is made");
        }
        let without = capabilities.to_vec();
        let data = folder.path().join("data");
        let cloud = serve(&data, &without, simulated_at.clone()).await;
        let environment = vec![("PULUMI_ACCESS_TOKEN", TOKEN.to_owned())];
        let session = Session {
            folder,
            cloud: Some(cloud),
            without,
            simulated_at,
            environment,
        };
        pulumi::install_plugin(&session.path("home"));
        session
    }

    /// Logged in, with this program and the stack `acme/web/dev`.
    pub async fn with(program: &str) -> Session {
        Session::start().await.with_program(program).await
    }

    /// The same with a cloud with this clock that simulates deployments.
    pub async fn simulated(program: &str, clock: Clock) -> Session {
        let session = Session::logged_out_on(&[], Some(clock)).await;
        session.pulumi(&["login", session.url()]).await.succeeds();
        session.with_program(program).await
    }

    async fn with_program(self, program: &str) -> Session {
        let session = self;
        session.program(program);
        session
            .pulumi(&["stack", "init", "acme/web/dev"])
            .await
            .succeeds();
        session
    }

    /// Stops the cloud, and starts another one with the same data on another port.
    pub async fn restart(&mut self) {
        let cloud = self.cloud.take().expect("it runs");
        let address = cloud.url().trim_start_matches("http://").to_owned();
        cloud.stop().await;
        // The system may assign the same port again, unless it is in use.
        let _taken = std::net::TcpListener::bind(address);
        self.cloud =
            Some(serve(&self.path("data"), &self.without, self.simulated_at.clone()).await);
    }

    /// The current cloud.
    pub fn cloud(&self) -> &Server {
        self.cloud.as_ref().expect("it runs")
    }

    /// The URL of the current cloud.
    pub fn url(&self) -> &str {
        self.cloud().url()
    }

    /// A path in the session's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces the program.
    pub fn program(&self, text: &str) {
        std::fs::write(self.path("program/Pulumi.yaml"), text).expect("it is written");
    }

    /// Sets a variable for later commands.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.unset(name);
        self.environment.push((name, value.into()));
    }

    /// Removes a variable for later commands.
    pub fn unset(&mut self, name: &'static str) {
        self.environment.retain(|(given, _)| *given != name);
    }

    /// Runs a command of the CLI to its end.
    pub async fn pulumi(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().expect("the CLI runs"));
        Ran::of(output.await.expect("no panic"))
    }

    /// `pulumi up` without questions; previews first.
    pub async fn up(&self) -> Ran {
        self.pulumi(&["up", "--yes"]).await
    }

    /// Starts a command of the CLI in the background.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the CLI starts")
    }

    /// A command of the CLI, to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = pulumi::command(&self.path("home"), &self.path("program"), arguments);
        let given = self.environment.iter();
        command.envs(given.map(|(name, value)| (*name, value.as_str())));
        command
    }

    /// Sends a request to the cloud as another client; returns the status and the body.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        Api::new(self.url()).ask(method, path, body).await
    }

    /// The body of a successful `GET`.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The requests to the cloud since the last call, `METHOD path status`.
    pub fn requests(&self) -> Vec<String> {
        let log = self.cloud().app().request_log().take();
        log.iter().map(ToString::to_string).collect()
    }

    /// The names of the resources in the stack's state, followed by `creating` and so on with those of pending operations.
    pub async fn told(&self) -> Vec<String> {
        told(&self.get(&format!("{STACK}/export")).await)
    }
}

/// The names of the resources in a state, followed by `creating` and so on with those of pending operations.
pub fn told(state: &Value) -> Vec<String> {
    let list = |name: &str| {
        state["deployment"][name]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let name = |resource: &Value| {
        let urn = resource["urn"].as_str().expect("it has one");
        urn.rsplit("::")
            .next()
            .expect("there is a last part")
            .to_owned()
    };
    let pending = |operation: &Value| {
        let kind = operation["type"].as_str().expect("it has one");
        format!("{kind} {}", name(&operation["resource"]))
    };
    let resources = list("resources").iter().map(name).collect::<Vec<_>>();
    resources
        .into_iter()
        .chain(list("pending_operations").iter().map(pending))
        .collect()
}

async fn serve(data: &Path, without: &[Capability], simulated_at: Option<Clock>) -> Server {
    let builder = published::builder(TOKEN).organization("acme").data(data);
    let builder = match simulated_at {
        Some(clock) => builder.clock(clock).executor(Executor::Simulated),
        None => builder,
    };
    let builder = without.iter().copied().fold(builder, AppBuilder::without);
    let app = builder.open().expect("the cloud opens");
    Server::start(app).await.expect("the cloud starts")
}
