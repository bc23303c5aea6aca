"""The parts of Go that docker's output depends on: its values, fmt, encoding/json and text/template."""
