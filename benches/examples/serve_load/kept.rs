//! Whether the server slows down with what it keeps: the same requests beside more and more ended executions.

use std::path::Path;

use serde_json::json;

use crate::client::Client;
use crate::machines::{passes, start};
use crate::rates::SPAN;
use crate::server::{Folder, Server};

/// Ended executions that are kept, of each row.
const KEPT: [u64; 3] = [0, 10_000, 100_000];
/// Clients at once.
const CLIENTS: usize = 64;

/// Requests a second, by executions kept.
pub(crate) fn kept(command: &Path) {
    println!("Requests a second by {CLIENTS} clients, by ended executions that are kept\n");
    println!(
        "| kept | StartExecution | µs of the server for one | DescribeExecution | ListExecutions | … FAILED | GetExecutionHistory | MiB in memory | MiB on disk | ms to restart |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for kept in KEPT {
        let folder = Folder::new("kept");
        let server = Server::durable(command, &folder);
        let machine = server.machine("m", "STANDARD", &passes(1));
        let begin = start(&machine);
        let begin_request = Client::request("StartExecution", &begin);
        server.repeat(&begin_request, CLIENTS, kept);
        server.settle(&machine);
        let first = server.client().call("StartExecution", &begin);
        let first = json!({"executionArn": first["executionArn"]});
        let list = json!({"stateMachineArn": machine, "maxResults": 10});
        let failed =
            json!({"stateMachineArn": machine, "maxResults": 10, "statusFilter": "FAILED"});
        let reads = [
            Client::request("DescribeExecution", &first),
            Client::request("ListExecutions", &list),
            Client::request("ListExecutions", &failed),
            Client::request("GetExecutionHistory", &first),
        ];
        let reads =
            reads.map(|request| format!("{:.0}", server.rate(&request, CLIENTS, SPAN, || {}).0));
        let (starts, micros) =
            server.rate(&begin_request, CLIENTS, SPAN, || server.settle(&machine));
        let (memory, disk) = (server.memory(), folder.size());
        drop(server);
        let again = Server::durable(command, &folder).ready.as_millis();
        println!(
            "| {kept} | {starts:.0} | {micros:.0} | {} | {memory:.0} | {disk:.0} | {again} |",
            reads.join(" | ")
        );
    }
}
