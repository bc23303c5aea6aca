"""Rules about who may reach whom, and which of them a lab breaks."""
