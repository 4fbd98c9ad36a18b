enum MessagingModule {}
