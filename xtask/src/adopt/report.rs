//! The human-readable report of a check.

use std::fmt;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// For information.
    Info,
    /// Worth reviewing; the take-over works regardless.
    Warning,
    /// Must be fixed before the take-over.
    Blocker,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// Description.
    pub text: String,
    /// How to fix it, often as SQL.
    pub remedy: Option<String>,
}

/// Findings about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The subject.
    pub title: &'static str,
    /// In order of discovery.
    pub findings: Vec<Finding>,
}

impl Section {
    pub(super) fn new(title: &'static str) -> Self {
        Self { title, findings: Vec::new() }
    }

    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Info, text: text.into(), remedy: None });
    }

    pub(super) fn warn(&mut self, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Severity::Warning, text.into(), remedy.into());
    }

    pub(super) fn block(&mut self, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Severity::Blocker, text.into(), remedy.into());
    }

    pub(super) fn add(&mut self, severity: Severity, text: String, remedy: String) {
        self.findings.push(Finding { severity, text, remedy: Some(remedy).filter(|text| !text.is_empty()) });
    }
}

/// All findings of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By subject.
    pub sections: Vec<Section>,
}

impl Report {
    /// The number of findings that block the take-over.
    #[must_use]
    pub fn blockers(&self) -> usize {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.severity == Severity::Blocker).count()
    }

    /// The findings about a subject, one per line, each followed by its remedy.
    #[must_use]
    pub fn section(&self, title: &str) -> String {
        self.sections.iter().filter(|section| section.title == title).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for finding in &self.findings {
            let mark = match finding.severity {
                Severity::Info => "·",
                Severity::Warning => "!",
                Severity::Blocker => "✘",
            };
            writeln!(f, "  {mark} {}", finding.text)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(f, "      {remedy}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for section in &self.sections {
            writeln!(f, "{section}")?;
        }
        match self.blockers() {
            0 => write!(f, "It can be adopted. Lines with '!' want a look."),
            1 => write!(f, "It cannot be adopted yet: mend the line with '✘' first."),
            count => write!(f, "It cannot be adopted yet: mend the {count} lines with '✘' first."),
        }
    }
}
