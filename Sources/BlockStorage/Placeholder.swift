enum BlockStorageModule {}
