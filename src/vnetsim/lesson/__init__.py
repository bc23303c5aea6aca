"""Lessons: scenarios with tasks, played by a student, given to students as a file, and graded."""
