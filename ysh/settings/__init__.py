"""Settings: values only, one file a topic. `dev`, `test` and `production` put them together."""
