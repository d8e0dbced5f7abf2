//! What a check has found, as people read it.

use std::fmt;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Fact,
    /// Somebody should look at it; the take-over works all the same.
    Mind,
    /// It must be mended first.
    Mend,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What it is.
    pub text: String,
    /// What to do about it, often a statement.
    pub remedy: Option<String>,
}

/// Findings about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The subject.
    pub title: &'static str,
    /// What was found, in order.
    pub findings: Vec<Finding>,
}

impl Section {
    pub(super) fn new(title: &'static str) -> Self {
        Self { title, findings: Vec::new() }
    }

    pub(super) fn fact(&mut self, text: impl Into<String>) {
        self.findings.push(Finding { weight: Weight::Fact, text: text.into(), remedy: None });
    }

    pub(super) fn mind(&mut self, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Weight::Mind, text.into(), remedy.into());
    }

    pub(super) fn mend(&mut self, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Weight::Mend, text.into(), remedy.into());
    }

    pub(super) fn add(&mut self, weight: Weight, text: String, remedy: String) {
        self.findings.push(Finding { weight, text, remedy: Some(remedy).filter(|text| !text.is_empty()) });
    }
}

/// Everything that a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By subject.
    pub sections: Vec<Section>,
}

impl Report {
    /// How many things must be mended first.
    #[must_use]
    pub fn to_mend(&self) -> usize {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.weight == Weight::Mend).count()
    }

    /// The findings about a subject, one a line, remedies below them.
    #[must_use]
    pub fn section(&self, title: &str) -> String {
        self.sections.iter().filter(|section| section.title == title).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for finding in &self.findings {
            let mark = match finding.weight {
                Weight::Fact => "·",
                Weight::Mind => "!",
                Weight::Mend => "✘",
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
        match self.to_mend() {
            0 => write!(f, "It can be adopted. Lines with '!' want a look."),
            1 => write!(f, "It cannot be adopted yet: mend the line with '✘' first."),
            count => write!(f, "It cannot be adopted yet: mend the {count} lines with '✘' first."),
        }
    }
}
