"""What people see: functions from traces and observations to text; nothing here looks inside the kernel."""
