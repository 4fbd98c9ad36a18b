enum DatabaseModule {}
