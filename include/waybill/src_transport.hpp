#pragma once

/// @file The bodies of what needs libcurl, for one translation unit of a program that is built with
/// WAYBILL_SEPARATE_COMPILATION; beside src.hpp.

#include <waybill/impl/http/curl.ipp>
#include <waybill/impl/http/curl_easy.ipp>
#include <waybill/impl/http/curl_lane.ipp>
#include <waybill/impl/http/curl_share.ipp>
