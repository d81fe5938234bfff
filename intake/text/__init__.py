"""Outside text engines: Tesseract for whole pages, RapidOCR for field values."""
