enum NetworkModule {}
