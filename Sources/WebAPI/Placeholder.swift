enum WebAPIModule {}
