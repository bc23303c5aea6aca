"""What of the Go language shows through the docker command: its values, fmt, encoding/json and text/template."""
