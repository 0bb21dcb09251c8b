//! The help is the reference: every command has one, with an example.

use super::Home;

#[test]
fn every_command_has_a_help_with_an_example() {
    let home = Home::empty();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = waiting.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = home.done(&arguments);
        let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = commands.lines().take_while(|line| line.starts_with("  "));
        let names = names.filter(|line| !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                waiting.push([command.clone(), vec![name.to_owned()]].concat());
            }
        }
        let example = help.contains("Example") && help.matches("alongside").count() > 1;
        assert!(
            command.is_empty() || example,
            "{command:?} has no example:\n{help}"
        );
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
    assert!(
        !home.path().join("alongside.db").exists(),
        "help makes nothing"
    );
}
