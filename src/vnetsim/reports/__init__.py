"""Results of questions and comparisons for people and for CI: text, CSV, JSON, Markdown, HTML, JUnit, SARIF."""
