"""The domain of Pilothouse: records, ports and the services that carry data from upload to retraining."""
