enum ImageModule {}
