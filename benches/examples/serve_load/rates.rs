//! Executions a second, and what a server takes when it starts.

use std::path::Path;
use std::time::Duration;

use crate::client::Client;
use crate::machines::{map, parallel, passes, start};
use crate::server::{Folder, Server};

/// How long each cell is measured.
pub(crate) const SPAN: Duration = Duration::from_secs(3);
/// Clients at once, of each row.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// Starts until finished, by clients. A durable start counts when the execution has ended on the disk.
pub(crate) fn rates(command: &Path) {
    println!("Executions a second, by clients; processor time of the server for one, of 64\n");
    println!("| | 1 | 8 | 64 | µs |\n|---|---:|---:|---:|---:|");
    let memory = Server::in_memory(command);
    let (ready, idle) = (memory.ready, memory.memory());
    let quick = memory.machine("quick", "EXPRESS", &passes(1));
    row(&memory, "synchronous EXPRESS, one Pass", "StartSyncExecution", &quick);
    drop(memory);
    let folder = Folder::new("rates");
    let durable = Server::durable(command, &folder);
    let workloads = [
        ("one Pass", passes(1)),
        ("ten Pass", passes(10)),
        ("Map of 100", map(100)),
        ("Parallel of 10", parallel(10)),
    ];
    for (index, (title, definition)) in workloads.iter().enumerate() {
        let machine = durable.machine(&format!("m{index}"), "STANDARD", definition);
        row(&durable, &format!("durable STANDARD, {title}"), "StartExecution", &machine);
    }
    println!("\nFirst answer {} ms after the start, {idle:.0} MiB when idle.", ready.as_millis());
    println!("{:.0} MiB after the load.", durable.memory());
    drop(durable);
    let again = Server::durable(command, &folder);
    println!("First answer {} ms after a restart with everything kept.", again.ready.as_millis());
}

fn row(server: &Server, title: &str, operation: &str, machine: &str) {
    let request = Client::request(operation, &start(machine));
    let ended = || {
        if operation == "StartExecution" {
            server.settle(machine);
        }
    };
    let measured = CLIENTS.map(|clients| server.rate(&request, clients, SPAN, ended));
    let rates = measured.map(|(rate, _)| format!("{rate:.0}"));
    println!("| {title} | {} | {:.0} |", rates.join(" | "), measured[CLIENTS.len() - 1].1);
}
