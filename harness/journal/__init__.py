"""The file to which a campaign's answers are appended as they come, and from which a later run goes on."""
