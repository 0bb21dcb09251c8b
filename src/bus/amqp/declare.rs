//! Declares the topology: look first, make what is absent, use and report what is different.
//!
//! A question that fails closes its channel, so each has one of its own. Missing permissions are no
//! fault where the thing exists: a portal's user, or a careful owner's, may only use what is there.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind};

use super::link::{Lost, ask};
use crate::bus::topology::{
    Argument, BINDINGS, Binding, EXCHANGES, ExchangeShape, Kind, QUEUES, QueueShape,
};

const REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const DIFFERENT: u16 = 406;

/// What the broker said to one question.
enum Reply {
    Yes,
    /// With the code and its words.
    No(u16, String),
}

/// Makes everything stand. The result says what differs, a sentence each.
pub async fn declare(connection: &Connection) -> Result<Vec<String>, Lost> {
    let mut differences = Vec::new();
    for shape in &EXCHANGES {
        differences.extend(exchange(connection, shape).await?);
    }
    for shape in &QUEUES {
        differences.extend(queue(connection, shape).await?);
    }
    for shape in &BINDINGS {
        differences.extend(binding(connection, shape).await?);
    }
    Ok(differences)
}

async fn exchange(connection: &Connection, shape: &ExchangeShape) -> Result<Option<String>, Lost> {
    let what = format!("exchange {}", shape.name);
    let there = put(connection, &what, async |channel| {
        declare_exchange(&channel, shape, true).await
    });
    let there = is_there(there.await?, &what)?;
    let made = put(connection, &what, async |channel| {
        declare_exchange(&channel, shape, false).await
    });
    judge(there, made.await?, &what)
}

async fn queue(connection: &Connection, shape: &QueueShape) -> Result<Option<String>, Lost> {
    let what = format!("queue {}", shape.name);
    let there = put(connection, &what, async |channel| {
        declare_queue(&channel, shape, true).await
    });
    let there = is_there(there.await?, &what)?;
    let made = put(connection, &what, async |channel| {
        declare_queue(&channel, shape, false).await
    });
    judge(there, made.await?, &what)
}

/// A binding cannot be looked at, only made again, which changes nothing where it stands.
async fn binding(connection: &Connection, shape: &Binding) -> Result<Option<String>, Lost> {
    let what = format!("binding of {} to {}", shape.queue, shape.exchange);
    let made = put(connection, &what, async |channel| {
        let options = QueueBindOptions::default();
        let (queue, exchange, key) = (shape.queue.into(), shape.exchange.into(), shape.key.into());
        channel
            .queue_bind(queue, exchange, key, options, FieldTable::default())
            .await
    });
    match made.await? {
        Reply::Yes => Ok(None),
        Reply::No(REFUSED, _) => Ok(Some(format!(
            "The {what} under `{}` could not be checked: this user may not bind.",
            shape.key
        ))),
        Reply::No(_, words) => Err(Lost(format!("{what}: {words}"))),
    }
}

async fn declare_exchange(
    channel: &Channel,
    shape: &ExchangeShape,
    passive: bool,
) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions {
        passive,
        durable: true,
        ..Default::default()
    };
    let kind = match shape.kind {
        Kind::Topic => ExchangeKind::Topic,
        Kind::Fanout => ExchangeKind::Fanout,
    };
    let arguments = table(shape.arguments);
    channel
        .exchange_declare(shape.name.into(), kind, options, arguments)
        .await
}

async fn declare_queue(channel: &Channel, shape: &QueueShape, passive: bool) -> lapin::Result<()> {
    let options = QueueDeclareOptions {
        passive,
        durable: true,
        ..Default::default()
    };
    let arguments = table(shape.arguments);
    let declared = channel.queue_declare(shape.name.into(), options, arguments);
    declared.await.map(|_| ())
}

/// Puts one question on a channel of its own.
async fn put(
    connection: &Connection,
    what: &str,
    question: impl AsyncFnOnce(Channel) -> lapin::Result<()>,
) -> Result<Reply, Lost> {
    let channel = ask(what, connection.create_channel()).await?;
    // Inside, so that a refusal by the broker is an answer and only silence is a loss.
    let answer = ask(what, async { Ok(question(channel.clone()).await) }).await?;
    let Err(error) = answer else {
        ask(what, channel.close(200, "OK".into())).await?;
        return Ok(Reply::Yes);
    };
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => {
            let words = refusal.get_message().to_string();
            Ok(Reply::No(refusal.get_id(), words))
        }
        _ => Err(Lost(format!("{what}: {error}"))),
    }
}

fn is_there(reply: Reply, what: &str) -> Result<bool, Lost> {
    match reply {
        Reply::Yes => Ok(true),
        Reply::No(NOT_FOUND, _) => Ok(false),
        Reply::No(_, words) => Err(Lost(format!("{what}: {words}"))),
    }
}

fn judge(there: bool, made: Reply, what: &str) -> Result<Option<String>, Lost> {
    match made {
        Reply::Yes => Ok(None),
        Reply::No(DIFFERENT, words) if there => Ok(Some(format!(
            "The {what} is used as it stands, but it differs: {words}."
        ))),
        Reply::No(REFUSED, _) if there => Ok(None),
        Reply::No(_, words) => Err(Lost(format!("{what}: {words}"))),
    }
}

fn table(arguments: &[(&'static str, Argument)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, argument) in arguments {
        let value = match argument {
            Argument::Text(text) => AMQPValue::LongString((*text).into()),
            Argument::Number(number) => AMQPValue::LongLongInt(*number),
        };
        table.insert((*name).into(), value);
    }
    table
}
