//! Browsers, and the people who sit at them: scripts for `BROWSER` and `--browser`.

use super::{TestEnv, root, venv};

impl TestEnv {
    /// A browser without a screen, at which a user approves: its path. Each address that it opens is a line of `~/opened`.
    pub fn approver(&self, user: &str) -> String {
        self.scripted_browser("approve", user)
    }

    /// The same, but the user denies.
    pub fn denier(&self, user: &str) -> String {
        self.scripted_browser("deny", user)
    }

    fn scripted_browser(&self, decision: &str, user: &str) -> String {
        let sandbox = env!("CARGO_BIN_EXE_awsx-sandbox");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >>~/opened\nexec '{sandbox}' {decision} --user '{user}' \"$1\" >>~/browsed 2>&1\n"
        );
        self.script(&format!("{decision}-{user}"), &script).to_str().expect("text").to_owned()
    }

    /// The real Chromium without a screen, at which a user clicks Approve: its path. What it asked for, and what the last page
    /// said, are lines of `~/browsed`.
    pub fn chromium(&self, user: &str) -> String {
        let (python, driver) = (venv("python"), root().join("tests/it/sandbox/chromium.py"));
        let script = format!(
            "#!/bin/sh\nexec '{}' '{}' approve '{user}' \"$1\" >>~/browsed 2>&1\n",
            python.display(),
            driver.display()
        );
        self.script("real-chromium", &script).to_str().expect("text").to_owned()
    }

    /// The addresses that a scripted browser has opened so far.
    pub fn opened(&self) -> Vec<String> {
        self.read("home/opened").lines().map(str::to_owned).collect()
    }
}
