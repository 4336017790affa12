//! How the SDKs read a config file that botocore reads in another way: the text that would mean the same to botocore.
//! Pure.

use super::Sdk;
use crate::profile::SectionKind;
use crate::profile::sheet::{Block, Heading, Sheet};

impl Sdk {
    /// The text of a config file as it has to be for botocore to read it as this SDK does.
    pub fn reading(self, config: &Sheet) -> String {
        let mut text = config.text().to_owned();
        let is_default = |block: &Block| block.heading == Heading::Named(SectionKind::Profile, "default".into());
        let is_bare = |block: &Block| config.cut(&block.header).trim() == "default";
        // `[profile default]` takes the place of `[default]`, whichever comes first.
        let replaced = config.blocks.iter().any(|block| is_default(block) && !is_bare(block));
        for block in config.blocks.iter().rev() {
            let header = config.cut(&block.header);
            if replaced && is_default(block) && is_bare(block) {
                text.replace_range(block.span.start..block.body.end, "");
            } else if self.keeps_quotes()
                && let Some((kind, name)) = header.split_once(char::is_whitespace)
                && name.contains('"')
            {
                // The quotes belong to the name.
                text.replace_range(block.header.clone(), &format!("{kind} '{}'", name.trim()));
            }
        }
        text
    }

    /// Whether quotes in a header belong to the name.
    fn keeps_quotes(self) -> bool {
        matches!(self, Sdk::Go | Sdk::Terraform | Sdk::Rust)
    }
}
