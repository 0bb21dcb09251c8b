//! `need.audience has governors and host_school.phase is not primary`, from words to tests.

use std::ops::Range;

use super::{Name, Token, Unreadable, tokens};
use crate::core::definition::condition::{Op, Value};

/// A condition whose paths are still names.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionPhrase {
    pub any: bool,
    pub tests: Vec<TestPhrase>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestPhrase {
    pub path: Name,
    pub op: Op,
    /// The bytes of the value, or of the whole test where it has none.
    pub value: Range<usize>,
    /// The bytes of the operator.
    pub op_range: Range<usize>,
}

const GRAMMAR: &str = "A test is `need.audience has governors`, `… is V`, `… is not V`, \
                       `… has no V`, `… is at least N`, `… is at most N` or `… is given`.";

pub fn parse(text: &str) -> Result<ConditionPhrase, Unreadable> {
    let words = tokens(text);
    let joins = |word: &Token| matches!(word.text, "and" | "or");
    let mut tests = vec![];
    for part in words.split(joins) {
        tests.push(test(part, text)?);
    }
    let first = words.iter().find(|word| joins(word));
    if let Some(first) = first
        && let Some(other) = words
            .iter()
            .find(|word| joins(word) && word.text != first.text)
    {
        let message = "`and` and `or` in one condition: which counts first?";
        let hint = "Use only one of them, or split the step.";
        return Err(Unreadable::new(other.range(), message).hint(hint));
    }
    Ok(ConditionPhrase {
        any: first.is_some_and(|word| word.text == "or"),
        tests,
    })
}

fn test(words: &[Token], text: &str) -> Result<TestPhrase, Unreadable> {
    let Some((path, rest)) = words.split_first() else {
        return Err(Unreadable::new(0..text.len(), "a test is missing here").hint(GRAMMAR));
    };
    let whole = path.at..words.last().map_or(path.at, |last| last.range().end);
    let spell: Vec<_> = rest.iter().map(|word| word.text).collect();
    let (build, used): (fn(Value) -> Op, usize) = match spell.as_slice() {
        ["is", "given"] => return Ok(given(path, rest, Op::Given, whole)),
        ["is", "not", "given"] => return Ok(given(path, rest, Op::NotGiven, whole)),
        ["is", "at", "least", ..] => (Op::AtLeast, 3),
        ["is", "at", "most", ..] => (Op::AtMost, 3),
        ["is", "not", ..] => (Op::IsNot, 2),
        ["is", ..] => (Op::Is, 1),
        ["has", "no", ..] => (Op::HasNo, 2),
        ["has", ..] => (Op::Has, 1),
        _ => {
            let said = &text[whole.clone()];
            return Err(Unreadable::new(whole, format!("`{said}` is no test")).hint(GRAMMAR));
        }
    };
    let Some((first, last)) = rest.get(used).zip(rest.last()) else {
        let message = format!("`{}` what?", spell.join(" "));
        return Err(Unreadable::new(whole, message).hint(GRAMMAR));
    };
    let value = first.at..last.range().end;
    Ok(TestPhrase {
        path: path.name(),
        op: build(read_value(&text[value.clone()])),
        op_range: rest[0].at..rest[used - 1].range().end,
        value,
    })
}

fn given(path: &Token, rest: &[Token], op: Op, whole: Range<usize>) -> TestPhrase {
    TestPhrase {
        path: path.name(),
        op,
        op_range: rest[0].at..whole.end,
        value: whole,
    }
}

/// `yes` and `no` mean a boolean; a number is a number; all else is text.
fn read_value(text: &str) -> Value {
    let quoted = text.len() >= 2
        && ['"', '\'']
            .iter()
            .any(|quote| text.starts_with(*quote) && text.ends_with(*quote));
    if quoted {
        return Value::Text(text[1..text.len() - 1].to_owned());
    }
    match text {
        "yes" => Value::Bool(true),
        "no" => Value::Bool(false),
        _ => text
            .parse()
            .map_or_else(|_| Value::Text(text.to_owned()), Value::Number),
    }
}

impl Op {
    /// The value that is compared with, if any.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Is(value)
            | Self::IsNot(value)
            | Self::Has(value)
            | Self::HasNo(value)
            | Self::AtLeast(value)
            | Self::AtMost(value) => Some(value),
            Self::Given | Self::NotGiven => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops(text: &str) -> Vec<Op> {
        parse(text)
            .unwrap()
            .tests
            .into_iter()
            .map(|test| test.op)
            .collect()
    }

    #[test]
    fn every_test_of_the_language() {
        let text = |word: &str| Value::Text(word.to_owned());
        assert_eq!(ops("a.b is c"), [Op::Is(text("c"))]);
        assert_eq!(ops("a.b is not c"), [Op::IsNot(text("c"))]);
        assert_eq!(ops("a.b has c"), [Op::Has(text("c"))]);
        assert_eq!(ops("a.b has no c"), [Op::HasNo(text("c"))]);
        assert_eq!(ops("a.b is at least 3"), [Op::AtLeast(Value::Number(3))]);
        assert_eq!(ops("a.b is at most 3"), [Op::AtMost(Value::Number(3))]);
        assert_eq!(ops("a is given"), [Op::Given]);
        assert_eq!(ops("a is not given"), [Op::NotGiven]);
        assert_eq!(ops("a.b is yes"), [Op::Is(Value::Bool(true))]);
        assert_eq!(ops("a.b is no"), [Op::Is(Value::Bool(false))]);
        assert_eq!(ops("a.b is two words"), [Op::Is(text("two words"))]);
        assert_eq!(ops("a is \"no\""), [Op::Is(text("no"))]);
    }

    #[test]
    fn tests_are_joined_by_one_word_only() {
        let condition = parse("a is b or c is d or e is f").unwrap();
        assert!(condition.any);
        assert_eq!(condition.tests.len(), 3);
        assert!(!parse("a is b and c is d").unwrap().any);
        let said = parse("a is b and c is d or e is f").unwrap_err();
        assert_eq!(
            said.message,
            "`and` and `or` in one condition: which counts first?"
        );
        assert_eq!(said.range, 18..20);
    }

    #[test]
    fn what_is_no_test_says_so() {
        for text in [
            "",
            "a",
            "a equals b",
            "a is",
            "a is b and",
            "and a is b",
            "a has no",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(
            parse("a equals b").unwrap_err().message,
            "`a equals b` is no test"
        );
    }
}
