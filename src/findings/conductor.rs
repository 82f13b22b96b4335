//! Findings about the stack that conducts joins: what its deployments need, and whether the last one failed.
//!
//! # What this may not do
//!
//! Judge the stacks that it starts: they are judged like all others.

use super::finding::{Code, Finding, Severity, Subject};
use super::words::name;
use crate::cloud::DeploymentSettings;
use crate::domain::StackRef;

/// The variable that gives deployments a token other than that of their stack.
const TOKEN: &str = "PULUMI_ACCESS_TOKEN";

/// The variable that lets the engine continue after a resource fails.
const CONTINUE: &str = "PULUMI_CONTINUE_ON_ERROR";

/// What prevents a stack from conducting joins, according to its deployment settings; `None` means that it has no settings.
pub fn conductor(stack: &StackRef, settings: Option<&DeploymentSettings>) -> Vec<Finding> {
    let edit = format!("`pulumi deployment settings edit --stack {stack}");
    let found = |code, sentence: String, cure: String| Finding {
        code,
        severity: Severity::Warning,
        stacks: vec![stack.clone()],
        edges: Vec::new(),
        sentence,
        cure,
        subject: Subject::Stack(stack.clone()),
    };
    let name = name(stack);
    let Some(settings) = settings.filter(|settings| settings.has_source) else {
        return vec![found(
            Code::ConductorWithoutSettings,
            format!(
                "no deployment settings of the stack {name} say where its program is, so no event lets it start joined stacks"
            ),
            format!("add them with {edit}`; until then only `pulumi up` starts joined stacks"),
        )];
    };
    let mut findings = Vec::new();
    if !settings.skips_intermediate {
        findings.push(found(
            Code::ConductorRunsEachEvent,
            format!(
                "the stack {name} runs once for each event that wakes it up, even if several wait"
            ),
            format!("run {edit} --skip-intermediate-deployments`"),
        ));
    }
    if !settings.has_role && !settings.variables.contains(TOKEN) {
        findings.push(found(
            Code::ConductorMayNotDeploy,
            format!(
                "the token of a deployment only reaches its own stack, so deployments of {name} cannot start joined \
                 stacks"
            ),
            format!(
                "give them a role, or a token that may deploy these stacks with {edit} --secret-env {TOKEN}=…`"
            ),
        ));
    }
    if !settings.variables.contains(CONTINUE) {
        findings.push(found(
            Code::ConductorStopsEarly,
            format!("one start that is refused keeps {name} from starting the other joined stacks in the same run"),
            format!("run {edit} --env {CONTINUE}=true`"),
        ));
    }
    findings
}

/// The last run of a stack that conducts joins failed, so the stacks that it should have started may still be waiting.
pub(super) fn failed(stack: &StackRef) -> Finding {
    Finding {
        code: Code::ConductorFailed,
        severity: Severity::Warning,
        stacks: vec![stack.clone()],
        edges: Vec::new(),
        sentence: format!(
            "the last run of the stack {}, which starts joined stacks, failed",
            name(stack)
        ),
        cure: "fix the cause and run it again: it starts what is due".to_owned(),
        subject: Subject::Stack(stack.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(settings: Option<&DeploymentSettings>) -> String {
        let stack = StackRef::new("acme", "wiring", "prod").expect("it is one");
        let line = |finding: &Finding| format!("{}: {finding}", finding.code.as_str());
        let lines: Vec<String> = conductor(&stack, settings).iter().map(line).collect();
        lines.join("\n")
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_adds_it() {
        insta::assert_snapshot!(said(None));
        let mut settings = DeploymentSettings::default();
        assert_eq!(
            said(Some(&settings)),
            said(None),
            "it does not say where its program is"
        );
        settings.has_source = true;
        insta::assert_snapshot!(said(Some(&settings)));
        settings.skips_intermediate = true;
        settings.variables = [TOKEN, CONTINUE].map(str::to_owned).into();
        assert_eq!(said(Some(&settings)), "");
        settings.variables.remove(TOKEN);
        settings.has_role = true;
        assert_eq!(said(Some(&settings)), "");
    }
}
