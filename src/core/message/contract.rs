//! The contract with every portal, as an AsyncAPI 3.0 document made from the types themselves.
//!
//! Committed as `docs/asyncapi.json`, and a test fails when it is not what this makes; set
//! `UPDATE_CONTRACT=1` for that test to write it anew. `docs/messages.md` says the same in words,
//! and the tests read every example in it.

use schemars::JsonSchema;
use schemars::generate::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::CONTENT_TYPE;
use super::schema;
use super::write::{Answered, Applied, CloudEvent, Told};
use crate::core::run::event::Event;

/// The whole document.
pub fn asyncapi() -> Value {
    let commands = schema::commands();
    let mut schemas = commands.shared.clone();
    schemas.insert("CommandAttributes".to_owned(), attributes());
    let mut messages: Map<String, Value> = commands.data.iter().map(command).collect();

    let mut generator = schema::settings().for_serialize().into_generator();
    let names = event_names(&mut generator);
    let outgoing = [
        outgoing::<Applied<'static>>(&mut generator, "applied", "A command was applied", &names),
        outgoing::<Told<'static>>(
            &mut generator,
            "told",
            "The definition told something (`tell:`)",
            &json!({"type": "string", "pattern": "^alongside\\.told\\."}),
        ),
        outgoing::<Answered<'static>>(
            &mut generator,
            "answered",
            "A command was rejected, parked, quarantined, or is a duplicate",
            &json!({"enum": answer_names()}),
        ),
    ];
    let incoming = references(messages.keys());
    let sent = references(outgoing.iter().map(|(name, _)| name));
    messages.extend(outgoing);
    schemas.append(&mut generator.take_definitions(true));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Alongside",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Commands in, events and answers out, as CloudEvents 1.0 in structured \
                            JSON over AMQP 0-9-1. `docs/messages.md` says it in words."
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "commands": channel("alongside.commands", &incoming),
            "events": channel("alongside.events", &sent)
        },
        "operations": {
            "receiveCommands": {
                "action": "receive",
                "summary": "A portal publishes here, with the routing key equal to the type.",
                "channel": {"$ref": "#/channels/commands"}
            },
            "sendEvents": {
                "action": "send",
                "summary": "A portal binds a queue of its own to this exchange.",
                "channel": {"$ref": "#/channels/events"}
            }
        },
        "components": {"messages": messages, "schemas": schemas}
    })
}

fn channel(exchange: &str, messages: &Map<String, Value>) -> Value {
    json!({
        "address": "{type}",
        "description": "The routing key is the type of the message.",
        "parameters": {"type": {"description": "The `type` of the message."}},
        "messages": messages,
        "bindings": {"amqp": {
            "is": "routingKey",
            "exchange": {"name": exchange, "type": "topic", "durable": true, "autoDelete": false},
            "bindingVersion": "0.3.0"
        }}
    })
}

fn references<'a>(names: impl Iterator<Item = &'a String>) -> Map<String, Value> {
    let reference = |name: &String| {
        let to = format!("#/components/messages/{name}");
        (name.clone(), json!({ "$ref": to }))
    };
    names.map(reference).collect()
}

fn command((kind, data): (&String, &Value)) -> (String, Value) {
    let mut required = vec!["type"];
    if kind != "alongside.project.start" {
        required.push("subject");
    }
    if data.get("required").is_some() {
        required.push("data");
    }
    let message = json!({
        "name": kind,
        "contentType": CONTENT_TYPE,
        "payload": {"allOf": [
            {"$ref": "#/components/schemas/CommandAttributes"},
            {
                "type": "object",
                "required": required,
                "properties": {"type": {"const": kind}, "data": data}
            }
        ]}
    });
    (kind.clone(), message)
}

/// The attributes of a command; others are allowed and ignored.
fn attributes() -> Value {
    let uuid = |text: &str| json!({"type": "string", "format": "uuid", "description": text});
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "time", "alliance"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {
                "type": "string", "minLength": 1, "maxLength": 200,
                "description": "Chosen by the sender, the same each time this command is sent."
            },
            "source": {
                "type": "string", "minLength": 1, "maxLength": 200,
                "description": "The sender's URI, as agreed with the alliance."
            },
            "time": {
                "type": "string", "format": "date-time",
                "description": "When the command was made, with a zone offset."
            },
            "subject": uuid("The id of the run. A start without one makes it from the id."),
            "alliance": {
                "type": "string", "pattern": "^[a-z0-9-]{1,64}$",
                "description": "The key of the alliance."
            },
            "actor": uuid("The person who acts."),
            "onbehalfof": uuid("The person for whom a coordinator acts."),
            "expirytime": {
                "type": "string", "format": "date-time",
                "description": "After this moment the command must not be applied any more."
            },
            "traceparent": {"type": "string", "description": "Not part of what is said."}
        }
    })
}

fn outgoing<D: JsonSchema>(
    generator: &mut SchemaGenerator,
    name: &str,
    title: &str,
    kind: &Value,
) -> (String, Value) {
    let event = generator.subschema_for::<CloudEvent<D>>().to_value();
    let message = json!({
        "name": name,
        "title": title,
        "contentType": CONTENT_TYPE,
        "payload": {"allOf": [event, {"type": "object", "properties": {"type": kind}}]}
    });
    (name.to_owned(), message)
}

fn answer_names() -> Vec<String> {
    let outcomes = ["rejected", "parked", "quarantined", "duplicate"];
    let name = |outcome: &str| format!("alongside.command.{outcome}");
    outcomes.into_iter().map(name).collect()
}

/// The name of every event, as a message is named after it.
fn event_names(generator: &mut SchemaGenerator) -> Value {
    let events = generator.root_schema_for::<Event>().to_value();
    let variants = events["oneOf"].as_array().cloned().unwrap_or_default();
    let tag = |variant: &Value| {
        let name = variant.pointer("/properties/type/const")?.as_str()?;
        Some(format!("alongside.{name}"))
    };
    json!({"enum": variants.iter().filter_map(tag).collect::<Vec<_>>()})
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;
