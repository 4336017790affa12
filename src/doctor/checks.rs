//! Every check of `awsx doctor`, documented once. The table of docs/reference.md is compared with this one. Pure.

use super::finding::{Check, Severity};

macro_rules! checks {
    ($($id:ident = $name:literal, $severity:ident, $about:literal;)*) => {
        $(
            #[doc = $about]
            pub const $id: Check = Check { id: $name, severity: Severity::$severity, about: $about };
        )*
        /// All of them, in the order of the documentation.
        pub const ALL: &[Check] = &[$($id),*];
    };
}

checks! {
    UNREADABLE_FILE = "unreadable-file", Error, "A file that can't be read, or is no regular file.";
    DANGLING_LINK = "dangling-link", Error, "A symbolic link that leads nowhere.";
    NOT_UTF8 = "not-utf8", Error, "A line that is not UTF-8; the AWS CLI refuses the file.";
    BYTE_ORDER_MARK = "byte-order-mark", Error, "A byte order mark at the start; the AWS CLI refuses the file.";
    READABLE_BY_OTHERS = "readable-by-others", Warning, "A file with secrets that other users can read.";
    WRITABLE_BY_OTHERS = "writable-by-others", Error, "A file or folder that other users can write: they could have their own programs run.";
    BAD_LINE = "bad-line", Error, "A line that is neither header nor setting; the AWS CLI refuses the file.";
    SETTING_BEFORE_SECTION = "setting-before-section", Error, "A setting above the first section; the AWS CLI refuses the file.";
    UNCLOSED_HEADER = "unclosed-header", Error, "A section header without its closing bracket.";
    DUPLICATE_SECTION = "duplicate-section", Error, "A section that stands in the file twice; the AWS CLI refuses the file, other SDKs join the two.";
    DUPLICATE_KEY = "duplicate-key", Error, "A key that stands in a section twice; the AWS CLI refuses the file, other SDKs take the last one.";
}
